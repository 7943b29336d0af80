import * as vscode from 'vscode';
import { BACK, type Answer, type StepPlace } from './steps';

export interface TextRequest {
  readonly place: StepPlace;
  readonly prompt: string;
  readonly value: string;
  /** @returns why it cannot be taken; null where it can */
  readonly check: (text: string) => string | null;
}

/** One line of text, with a way back. */
export async function askText({ place, prompt, value, check }: TextRequest): Promise<Answer<string>> {
  const input = vscode.window.createInputBox();
  const { Back } = vscode.QuickInputButtons;
  input.title = place.title;
  input.step = place.step;
  input.totalSteps = place.totalSteps;
  input.prompt = prompt;
  input.value = value;
  input.ignoreFocusOut = true;
  input.buttons = [Back];
  try {
    return await new Promise<Answer<string>>((resolve) => {
      const validate = (): boolean => {
        const problem = check(input.value);
        input.validationMessage = problem ?? undefined;
        return problem === null;
      };
      input.onDidChangeValue(validate);
      input.onDidTriggerButton(() => resolve(BACK));
      input.onDidAccept(() => {
        if (validate()) resolve(input.value);
      });
      input.onDidHide(() => resolve(undefined));
      input.show();
    });
  } finally {
    input.dispose();
  }
}
