/** No screen, dialog or menu about keys shuts anybody out. */
import { testBarriers } from "../support/barriers.ts";

testBarriers("keyward", ({ name }) => name.startsWith("key"));
