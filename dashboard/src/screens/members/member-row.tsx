/** One member: name, role, joining date. */
import type { Member, Role } from "@keyward/sdk";
import { useSession } from "../../app/session.ts";
import { Badge } from "../../controls/badge.tsx";
import { inputClass } from "../../controls/field.tsx";
import { RowButton } from "../../controls/row-button.tsx";
import { Cell } from "../../controls/table.tsx";
import { Time } from "../../controls/time.tsx";
import { roleInWords } from "../../words/role.ts";
import { useAssignableRoles } from "./assignable-roles.ts";

interface MemberRowProps {
  organizationId: string;
  member: Member;
  /** The role on the server; `member.role` is the newly chosen one while it is being saved. */
  was: Role;
  isBusy: boolean;
  onRole: (role: Role) => void;
  onRemove: () => void;
}

export function MemberRow({ organizationId, member, was, isBusy, onRole, onRemove }: MemberRowProps) {
  const { user: self } = useSession();
  const { user, role, createdAt } = member;
  const isSelf = user.id === self?.id;
  const roles = useAssignableRoles(organizationId, was);
  return (
    <tr>
      <Cell>
        <span className="flex flex-wrap items-center gap-x-2 font-medium wrap-anywhere">
          {user.name}
          {isSelf && <Badge tone="accent">You</Badge>}
        </span>
        <span className="block text-xs wrap-anywhere text-ink-soft">{user.email}</span>
      </Cell>
      <Cell>
        {roles.length === 0 ? (
          roleInWords(role)
        ) : (
          <select
            aria-label={`Role of ${user.name}`}
            value={role}
            disabled={isBusy}
            onChange={(event) => onRole(event.target.value as Role)}
            className={inputClass(false, "min-w-28 sm:max-w-36")}
          >
            {roles.map((value) => (
              <option key={value} value={value}>
                {roleInWords(value)}
              </option>
            ))}
          </select>
        )}
      </Cell>
      <Cell wide>
        <Time at={createdAt} />
      </Cell>
      <Cell last>
        {(isSelf || roles.length > 0) && (
          <RowButton aria-label={isSelf ? "Leave the organization" : `Remove ${user.name}`} onClick={onRemove}>
            {isSelf ? "Leave" : "Remove"}
          </RowButton>
        )}
      </Cell>
    </tr>
  );
}
