/**
 * PROVISIONAL: operations that the server's documents do not have yet, written by hand. What the documents have goes before what
 * stands here (sdk/operations.ts). When they have all of it: delete this file, and what names it in operations.ts.
 */
import type * as api from "./api.ts";

type OrganizationParams = { readonly organizationId: string };
type KeyParams = { readonly organizationId: string; readonly keyId: string };
type Limits = {
  readonly requestsPerMinute: number | null;
  readonly requestsPerDay: number | null;
  readonly concurrentRequests: number | null;
};
type LimitName = "minute" | "day" | "concurrent";

interface AuditFilter {
  readonly action?: string | undefined;
  readonly actor?: string | undefined;
  readonly subject?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export interface NewOperations {
  readonly "GET /keyward/v1/platform": {
    readonly answer: {
      readonly name: string;
      readonly title: string;
      readonly environments: readonly ("live" | "test")[];
      readonly keyForm: "secret" | "pair";
      readonly sealsKeys: boolean;
      readonly claimsKeys: boolean;
      readonly rotateAfterDays: number | null;
      readonly scopes: readonly string[] | null;
      readonly credentials: readonly { readonly header: string; readonly scheme: string | null }[];
      readonly plans: Readonly<Record<string, Limits & { readonly keys: number | null }>>;
      readonly defaultPlan: string;
      readonly dashboard: {
        readonly columns: readonly ("name" | "publicKey" | "prefix" | "createdAt" | "lastUsedAt" | "expiresAt" | "status")[];
        readonly actions: readonly ("toggle" | "rotate" | "revoke")[];
        readonly fields: readonly ("environment" | "expiry" | "domains" | "scopes" | "resources" | "limits")[];
        readonly words: { readonly create: string; readonly name: string; readonly revoke: string; readonly resources: string };
        readonly sample: { readonly method: "GET"; readonly path: string };
      };
    };
  };
  readonly "GET /keyward/v1/organizations/{organizationId}/keys/{keyId}/limits": {
    readonly params: KeyParams;
    readonly answer: {
      readonly data: readonly {
        readonly name: LimitName;
        readonly limit: number;
        readonly remaining: number;
        readonly resetSeconds: number;
        readonly windowSeconds: number;
        readonly from: "plan" | "organization" | "key";
      }[];
    };
  };
  readonly "POST /keyward/v1/organizations/{organizationId}/keys/{keyId}/test": {
    readonly params: KeyParams;
    readonly body: { readonly credential: string; readonly origin?: string | undefined; readonly scopes?: readonly string[] | undefined };
    readonly answer: {
      readonly valid: boolean;
      readonly code: string;
      readonly isThisKey: boolean;
      readonly rateLimits: readonly {
        readonly name: LimitName;
        readonly limit: number;
        readonly remaining: number;
        readonly resetSeconds: number;
        readonly windowSeconds: number;
      }[];
    };
  };
  readonly "GET /keyward/v1/organizations/{organizationId}/audit": {
    readonly params: OrganizationParams;
    readonly query: AuditFilter & { readonly limit?: number | undefined; readonly cursor?: string | undefined };
    readonly answer: {
      readonly data: readonly {
        readonly id: string;
        readonly at: string;
        readonly actor: {
          readonly kind: "operator" | "user" | "key" | "platform" | "system";
          readonly id: string;
          readonly name: string | null;
        };
        readonly action: string;
        readonly subjectId: string;
        readonly details: Readonly<Record<string, unknown>>;
      }[];
      readonly nextCursor: string | null;
    };
  };
  readonly "GET /keyward/v1/organizations/{organizationId}/audit.csv": {
    readonly params: OrganizationParams;
    readonly query: AuditFilter;
    readonly answer: string;
  };
  readonly "GET /keyward/v1/organizations/{organizationId}/plan": {
    readonly params: OrganizationParams;
    readonly answer: {
      readonly plan: string;
      readonly limits: Limits;
      readonly overrides: api.Organization["overrides"];
      readonly keys: { readonly active: number; readonly allowed: number | null };
    };
  };
  readonly "GET /keyward/v1/sessions": {
    readonly answer: {
      readonly data: readonly {
        readonly id: string;
        readonly isCurrent: boolean;
        readonly createdAt: string;
        readonly expiresAt: string;
        readonly ipAddress: string | null;
        readonly userAgent: string | null;
      }[];
    };
  };
  readonly "DELETE /keyward/v1/sessions/{sessionId}": {
    readonly params: { readonly sessionId: string };
    readonly answer: undefined;
  };
  readonly "POST /keyward/v1/domains/check": {
    readonly body: { readonly domains: string };
    readonly answer: {
      readonly data: readonly { readonly given: string; readonly domain: string | null; readonly message: string | null }[];
    };
  };
}
