import type { TokenAccess } from "../openmcp/platform/kinds.ts";
import { OCM_GROUP } from "../ocm/api/group.ts";
import { ocms } from "../ocm/api/objects.ts";

/** What `init` may do on the onboarding cluster: install the CRD of OCM. */
export const initRights: TokenAccess = {
  permissions: [
    {
      rules: [
        {
          apiGroups: ["apiextensions.k8s.io"],
          resources: ["customresourcedefinitions"],
          // A watch and a creation cannot be limited to one name on every API server.
          verbs: ["list", "watch", "create"],
        },
        {
          apiGroups: ["apiextensions.k8s.io"],
          resources: ["customresourcedefinitions"],
          resourceNames: [`${ocms.plural}.${OCM_GROUP}`],
          verbs: ["patch"],
        },
      ],
    },
  ],
};

/** What `run` may do on the onboarding cluster: follow OCM objects, write their status, and record Events. */
export const runRights: TokenAccess = {
  permissions: [
    {
      rules: [
        { apiGroups: [OCM_GROUP], resources: [ocms.plural], verbs: ["get", "list", "watch", "patch"] },
        { apiGroups: [OCM_GROUP], resources: [`${ocms.plural}/status`], verbs: ["patch"] },
        { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
      ],
    },
  ],
};
