/** Tabs of webviews that a window has kept over a reload, and whose panels nobody has yet. */
import * as vscode from 'vscode';

/** The commands that focus a group of editors, by its column. */
const FOCUS = ['First', 'Second', 'Third', 'Fourth', 'Fifth', 'Sixth', 'Seventh', 'Eighth'];

export function findTab(viewType: string, title: string): vscode.Tab | undefined {
  return (
    vscode.window.tabGroups.all
      .flatMap(({ tabs }) => tabs)
      // VS Code puts something of its own before the type.
      .find(
        ({ input, label }) =>
          label === title && input instanceof vscode.TabInputWebview && input.viewType.endsWith(viewType),
      )
  );
}

/** A tab can be asked to close, but not to show itself: that is for commands. */
export async function revealTab(tab: vscode.Tab): Promise<void> {
  const column = FOCUS[tab.group.viewColumn - 1];
  if (column !== undefined)
    await vscode.commands.executeCommand(`workbench.action.focus${column}EditorGroup`);
  await vscode.commands.executeCommand('workbench.action.openEditorAtIndex', tab.group.tabs.indexOf(tab));
}
