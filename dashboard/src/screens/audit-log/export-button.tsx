/** Downloads the filtered events as CSV. */
import { useMutation } from "@tanstack/react-query";
import { client } from "../../app/client.ts";
import { announce } from "../../controls/announcer.tsx";
import { Button } from "../../controls/button.tsx";
import { Icon } from "../../controls/icon.tsx";
import { Fault } from "../../controls/states.tsx";
import { auditFilter } from "./audit-filter.ts";
import type { AuditSearch } from "./search.ts";

export function ExportButton({ organizationId, search }: { organizationId: string; search: AuditSearch }) {
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => client.audit.csv(organizationId, auditFilter(search)),
    gcTime: 0,
    onSuccess: (csv) => {
      save(csv, `audit-log-${new Date().toISOString().slice(0, 10)}.csv`);
      announce("The audit log has been exported");
    },
  });
  return (
    <>
      <Button busy={isPending} onClick={() => mutate()}>
        <Icon name="download" />
        Export CSV
      </Button>
      {error !== null && <Fault error={error} />}
    </>
  );
}

function save(text: string, fileName: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = fileName;
  link.click();
  // Some browsers start reading it only after the click.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
