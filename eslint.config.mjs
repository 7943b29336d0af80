import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * Import directions (docs/architecture.md): protocol <- core <- store <- {engine, host, cli}; the webview sees
 * protocol and core only. `forbid` names what a folder must not import.
 */
const NODE_BUILT_INS = [
  'node:*',
  'fs',
  'fs/*',
  'path',
  'os',
  'child_process',
  'worker_threads',
  'crypto',
  'net',
];
const forbid = (files, folders, packages = []) => ({
  files,
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          { group: folders.map((folder) => `**/${folder}/**`), message: 'Against the direction of imports.' },
          ...(packages.length > 0 ? [{ group: packages, message: 'This folder may not import it.' }] : []),
        ],
      },
    ],
  },
});

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.venv/', 'test/.cache/', 'test/vscode/fixtures/', '**/*.cjs'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      eqeqeq: 'error',
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
      },
    },
  },
  { files: ['test/**/*.ts'], rules: { '@typescript-eslint/no-non-null-assertion': 'off' } },
  forbid(
    ['src/protocol/**'],
    ['core', 'store', 'engine', 'host', 'cli', 'webview'],
    ['vscode', 'onnxruntime-*', ...NODE_BUILT_INS],
  ),
  forbid(
    ['src/core/**'],
    ['store', 'engine', 'host', 'cli', 'webview'],
    ['vscode', 'onnxruntime-*', ...NODE_BUILT_INS],
  ),
  forbid(['src/store/**'], ['engine', 'host', 'cli', 'webview'], ['vscode', 'onnxruntime-*']),
  forbid(['src/engine/**'], ['host', 'cli', 'webview'], ['vscode', 'onnxruntime-*']),
  // The one folder that may load ONNX Runtime.
  forbid(['src/engine/ort/**'], ['host', 'cli', 'webview'], ['vscode']),
  forbid(['src/cli/**'], ['engine', 'host', 'webview'], ['vscode', 'onnxruntime-*']),
  forbid(['src/host/**'], ['engine', 'cli', 'webview'], ['onnxruntime-*']),
  forbid(
    ['webview/**'],
    ['store', 'engine', 'host', 'cli'],
    ['vscode', 'onnxruntime-*', '@vscode/webview-ui-toolkit', ...NODE_BUILT_INS],
  ),
  forbid(
    ['webview/explorer/ui.ts'],
    ['store', 'engine', 'host', 'cli'],
    ['vscode', 'onnxruntime-*', ...NODE_BUILT_INS],
  ),
);
