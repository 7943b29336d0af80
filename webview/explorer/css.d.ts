/** esbuild bundles it into dist/explorer.css. */
declare module '*.css';
