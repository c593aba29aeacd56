/** The file that `npm run build` makes beside the compiled package; package.json says where it is. */
declare module '#compiler-files' {
  const files: import('./assets.ts').Assets;
  export default files;
}
