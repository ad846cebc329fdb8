/** The entry point of the dashboard. */
import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queryClient } from "./app/client.ts";
import { applyTheme } from "./app/theme.ts";
import { Announcer } from "./controls/announcer.tsx";
import { TooltipLayer } from "./controls/tooltip.tsx";
import { router } from "./router.tsx";
import "./styles.css";

applyTheme();
createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <TooltipLayer />
        <Announcer />
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
);
