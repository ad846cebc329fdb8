/** How the dashboard is built. Addresses in index.html are relative: the server says with `<base>` what they are relative to. */
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where `npm run dev` finds a server that runs. */
const SERVER = "http://127.0.0.1:4000";

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
  },
  server: {
    host: "127.0.0.1",
    // The server takes changes from its own pages alone.
    proxy: { "^/keyward/(v1|auth)/": { target: SERVER, changeOrigin: true, headers: { origin: SERVER } } },
  },
});
