import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// `..` is for ../fetch/signet.js; an application of yours has its copy in src/.
export default defineConfig({ plugins: [react()], server: { port: 3000, fs: { allow: [".."] } } });
