declare module '*.js' {
  /** Where the file lies, in the tree or in the binary. */
  const path: string;
  export default path;
}
declare module '*.css' {
  const path: string;
  export default path;
}
declare module '*.mmdb' {
  const path: string;
  export default path;
}
