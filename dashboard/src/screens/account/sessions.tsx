/** The list of the person's sessions. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../app/client.ts";
import { Confirm } from "../../app/confirm.tsx";
import { useSigningOut } from "../../app/session-change.ts";
import { announce } from "../../controls/announcer.tsx";
import { Button } from "../../controls/button.tsx";
import { Card } from "../../controls/page.tsx";
import { Failed, Fault, Loading } from "../../controls/states.tsx";
import { Table } from "../../controls/table.tsx";
import { isNotFound } from "../../words/failure.ts";
import { SessionRow } from "./session-row.tsx";

const COLUMNS = [{ title: "Browser" }, { title: "Address", wide: true }, { title: "Signed in" }, { title: "Actions", quiet: true }];

export function Sessions() {
  const [isAsking, setAsking] = useState(false);
  const { data, error, refetch } = useQuery({ queryKey: ["sessions"], queryFn: ({ signal }) => client.session.list({ signal }) });
  const ending = useEnding();
  const signOut = useSigningOut();
  return (
    <Card
      flush
      title="Sessions"
      text="Where you are signed in. Each session ends a week after you signed in."
      actions={<Button onClick={() => setAsking(true)}>Sign out everywhere</Button>}
    >
      {data === undefined && (error === null ? <Loading rows={3} /> : <Failed error={error} retry={() => void refetch()} />)}
      {ending.error !== null && (
        <div className="px-4 pb-3 sm:px-5">
          <Fault error={ending.error} />
        </div>
      )}
      {data !== undefined && (
        <Table label="Sessions" columns={COLUMNS}>
          {data.data.map((session) => (
            <SessionRow
              key={session.id}
              session={session}
              isBusy={ending.isPending && ending.variables === session.id}
              onEnd={() => (session.isCurrent ? signOut(() => client.session.end()) : ending.mutate(session.id))}
            />
          ))}
        </Table>
      )}
      {isAsking && <SignOutEverywhere onClose={() => setAsking(false)} />}
    </Card>
  );
}

function useEnding() {
  const cache = useQueryClient();
  return useMutation({
    // A session that has already ended is fine.
    mutationFn: (id: string) => client.session.endOne(id).catch((error) => (isNotFound(error) ? undefined : Promise.reject(error))),
    onSuccess: () => announce("Session ended"),
    onSettled: () => cache.invalidateQueries({ queryKey: ["sessions"] }),
  });
}

function SignOutEverywhere({ onClose }: { onClose: () => void }) {
  const signOut = useSigningOut();
  return (
    <Confirm
      title="Sign out everywhere?"
      description="This ends all your sessions, including this one, and every management JWT created in them. API keys keep working."
      action="Sign out everywhere"
      onConfirm={async () => {
        await client.session.endAll();
        signOut(() => Promise.resolve());
      }}
      onClose={onClose}
    />
  );
}
