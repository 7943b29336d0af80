import * as vscode from 'vscode';

/**
 * Ticks a step of the walkthrough off. Its own `onCommand` would do so when the command begins: the walkthrough then takes
 * the focus, and what the command has just asked is closed.
 */
export function reached(milestone: 'identified' | 'exported'): void {
  void vscode.commands.executeCommand('setContext', `safetyRegions.${milestone}`, true);
}
