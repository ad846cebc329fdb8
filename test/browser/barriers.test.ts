/** No screen, dialog or menu shuts anybody out; those about keys have a file of their own, because they are many. */
import { testBarriers } from "../support/barriers.ts";

testBarriers("keyward", ({ name }) => !name.startsWith("key"));
