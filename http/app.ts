/** All surfaces but the gateway as one `fetch` handler, to be served or mounted in another application. */

import { problemResponse } from "../admission/response.ts";
import { refuse } from "../engine/errors.ts";
import { Application, addDirectRoute } from "./application.ts";
import type { HttpContext } from "./context.ts";
import { addDashboard, noSuchPage } from "./dashboard/pages.ts";
import { inAcceptedForm } from "./error-form.ts";
import { failureResponse } from "./failure.ts";
import { toResponse } from "./framework.ts";
import { identifyRequests } from "./identify-requests.ts";
import { addAuditRoutes } from "./management/audit.ts";
import { addCallerRoute } from "./management/caller.ts";
import { addClaimRoutes } from "./management/claims.ts";
import { addDiagnosisRoute } from "./management/diagnosis.ts";
import { addDomainCheck } from "./management/domains.ts";
import { addKeyInspectionRoutes } from "./management/key-inspection.ts";
import { addKeyRoutes } from "./management/keys.ts";
import { addMasterSecretRoute } from "./management/master-secret.ts";
import { addMemberRoutes } from "./management/members.ts";
import { addNodeRoutes } from "./management/nodes.ts";
import { addOrganizationRoutes } from "./management/organizations.ts";
import { addPlanRoute } from "./management/plan.ts";
import { addPlatformDescription } from "./management/platform-description.ts";
import { addRefusalRoutes } from "./management/refusals.ts";
import { addServiceTokenRoutes } from "./management/service-tokens.ts";
import { addUsageRoutes } from "./management/usage.ts";
import { addUsageReportRoutes } from "./management/usage-report.ts";
import { addManual } from "./manual/routes.ts";
import { addMetrics } from "./metrics/metrics.ts";
import { addOperationsRoutes } from "./observability.ts";
import { addErrorSchemas } from "./openapi.ts";
import { addDocument } from "./openapi-document.ts";
import { addPlatformRoutes } from "./platform/routes.ts";
import { addDeviceLoginRoutes } from "./sign-in/device-logins.ts";
import { addSignIn } from "./sign-in/endpoints.ts";
import { addOperatorLink } from "./sign-in/operator-link.ts";
import { addSessionRoutes } from "./sign-in/session.ts";
import { addSessionListRoutes } from "./sign-in/session-list.ts";
import { strictTransport } from "./strict-transport.ts";
import { directRoutes } from "./verify/routes.ts";

export function httpApp(context: HttpContext): Application {
  const app = new Application();
  addErrorSchemas(app, context.platform);
  app.onError((error, c) => toResponse(failureResponse(inAcceptedForm(context, c.req.raw), error)));
  app.use("*", identifyRequests(context));
  app.use("*", strictTransport(context));
  addOperationsRoutes(app, context);
  addMetrics(app, context);
  for (const route of directRoutes(context)) addDirectRoute(app, route);
  addPlatformDescription(app, context);
  addOrganizationRoutes(app, context);
  addPlanRoute(app, context);
  addAuditRoutes(app, context);
  addClaimRoutes(app, context);
  addKeyRoutes(app, context);
  addUsageRoutes(app, context);
  addUsageReportRoutes(app, context);
  addKeyInspectionRoutes(app, context);
  addRefusalRoutes(app, context);
  addDomainCheck(app, context);
  addServiceTokenRoutes(app, context);
  addNodeRoutes(app, context);
  addMasterSecretRoute(app, context);
  addDiagnosisRoute(app, context);
  addCallerRoute(app, context);
  addSessionRoutes(app, context);
  addSessionListRoutes(app, context);
  addDeviceLoginRoutes(app, context);
  addOperatorLink(app, context);
  addMemberRoutes(app, context);
  addSignIn(app, context);
  addDashboard(app, context);
  addManual(app, context);
  addPlatformRoutes(app, context);
  addDocument(app, context);
  refuseOtherMethods(app, context);
  refuseOtherPaths(app, context);
  return app;
}

/** At an unknown path browsers get the dashboard's page, which says so, and programs a 404. */
function refuseOtherPaths(app: Application, context: HttpContext): void {
  app.notFound((c) => {
    const page = noSuchPage(context, c.req.raw);
    if (page !== undefined) return page;
    const { problem } = refuse("not_found", "There is nothing at this path.");
    return toResponse(problemResponse(inAcceptedForm(context, c.req.raw).platform, problem));
  });
}

/** A known path with another method is 405 with `Allow` (RFC 9110, 15.5.6), before anything is read. */
function refuseOtherMethods(app: Application, context: HttpContext): void {
  const methods = new Map<string, Set<string>>();
  for (const { path, method } of app.routes) {
    // The root only redirects browsers and is no path of the API.
    if (path.includes("*") || path === "/") continue;
    const allowed = methods.get(path) ?? new Set();
    methods.set(path, allowed.add(method));
    // A path with GET has HEAD (RFC 9110, 9.1).
    if (method === "GET") allowed.add("HEAD");
  }
  for (const [path, allowed] of methods) {
    const { problem } = refuse("method_not_allowed", `This path takes ${[...allowed].join(", ")}.`);
    app.all(path, (c) => {
      const { platform } = inAcceptedForm(context, c.req.raw);
      return toResponse(problemResponse(platform, problem, { allow: [...allowed].join(", ") }));
    });
  }
}
