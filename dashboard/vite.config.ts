/** How the dashboard is built. Addresses in index.html are relative: the server says with `<base>` what they are relative to. */
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where `npm run dev` finds a server that runs. */
const SERVER = "http://127.0.0.1:4000";

/** Small modules that the list of keys shares with other screens: in one file they compress better than in one file each. */
const SHARED_BY_LIST =
  /src\/(app\/(session|refresh)|words\/(time|number|condition)|controls\/(page|badge|time|field|use-typed-text)|keys\/(key-name|offered|key-safe-text|find-pasted|secret-in|condition-badge))\.tsx?$/;

export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  plugins: [react(), tailwindcss()],
  build: {
    target: "es2023",
    assetsDir: "keyward/assets",
    // A data: address is inline content, which the Content-Security-Policy forbids for scripts and fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: { codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: "shared-by-list", test: SHARED_BY_LIST }] } },
    },
  },
  server: {
    host: "127.0.0.1",
    // The server takes changes from its own pages alone.
    proxy: { "^/keyward/(v1|auth)/": { target: SERVER, changeOrigin: true, headers: { origin: SERVER } } },
  },
});
