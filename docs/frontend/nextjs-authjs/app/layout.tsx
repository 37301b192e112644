import type { ReactNode } from "react";

export const metadata = { title: "Signet with Next.js and Auth.js" };

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body style={{ font: "1rem/1.5 system-ui, sans-serif", maxWidth: "24rem", margin: "2rem auto" }}>
        <h1 style={{ fontSize: "1.5rem" }}>Signet with Next.js and Auth.js</h1>
        {children}
      </body>
    </html>
  );
}
