import { defineConfig } from "vite";

export default defineConfig({
  base: "/",
  build: {
    target: ["es2020", "chrome87", "firefox78", "safari14"],
    outDir: process.env["GATEHOUSE_WEB_OUT"] ?? "dist",
    emptyOutDir: true,
    // Everything stays in files of its own: the Content-Security-Policy of the gateway allows nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
  },
});
