// Generated from crds/*.yaml by `npm run generate`; do not edit.

/** The CustomResourceDefinition of OCM. */
export const ocmCrd = {
  "apiVersion": "apiextensions.k8s.io/v1",
  "kind": "CustomResourceDefinition",
  "metadata": {
    "name": "ocms.ocm.services.openmcp.cloud",
    "labels": {
      "openmcp.cloud/cluster": "onboarding"
    }
  },
  "spec": {
    "group": "ocm.services.openmcp.cloud",
    "scope": "Namespaced",
    "names": {
      "kind": "OCM",
      "listKind": "OCMList",
      "plural": "ocms",
      "singular": "ocm"
    },
    "versions": [
      {
        "name": "v1alpha1",
        "served": true,
        "storage": true,
        "subresources": {
          "status": {}
        },
        "additionalPrinterColumns": [
          {
            "name": "Version",
            "type": "string",
            "jsonPath": ".spec.version"
          },
          {
            "name": "Installed",
            "type": "string",
            "jsonPath": ".status.installedVersion"
          },
          {
            "name": "Phase",
            "type": "string",
            "jsonPath": ".status.phase"
          },
          {
            "name": "Ready",
            "type": "string",
            "jsonPath": ".status.conditions[?(@.type==\"Ready\")].status"
          },
          {
            "name": "Age",
            "type": "date",
            "jsonPath": ".metadata.creationTimestamp"
          },
          {
            "name": "Message",
            "type": "string",
            "priority": 1,
            "jsonPath": ".status.conditions[?(@.type==\"Ready\")].message"
          }
        ],
        "schema": {
          "openAPIV3Schema": {
            "type": "object",
            "description": "OCM asks for the OCM K8s Toolkit on the control plane that has the same name and namespace.",
            "required": [
              "spec"
            ],
            "properties": {
              "apiVersion": {
                "type": "string"
              },
              "kind": {
                "type": "string"
              },
              "metadata": {
                "type": "object"
              },
              "spec": {
                "type": "object",
                "required": [
                  "version"
                ],
                "properties": {
                  "version": {
                    "type": "string",
                    "description": "Version of the chart: an OCI tag such as 0.4.0, optionally pinned with @sha256:<manifest digest>.",
                    "minLength": 1,
                    "maxLength": 200,
                    "x-kubernetes-validations": [
                      {
                        "rule": "self.matches('^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}(@sha256:[a-f0-9]{64})?$')",
                        "message": "must be one chart version such as 0.4.0, optionally followed by @sha256: and 64 hex digits"
                      }
                    ]
                  }
                }
              },
              "status": {
                "type": "object",
                "description": "What the provider says of the installation. Until it has said anything, it is of no generation, so that nobody takes the object for finished.",
                "default": {
                  "observedGeneration": -1,
                  "phase": "Progressing"
                },
                "required": [
                  "observedGeneration",
                  "phase"
                ],
                "properties": {
                  "observedGeneration": {
                    "type": "integer",
                    "format": "int64",
                    "description": "Generation of the spec that this status describes."
                  },
                  "phase": {
                    "type": "string",
                    "enum": [
                      "Ready",
                      "Progressing",
                      "Terminating"
                    ]
                  },
                  "installedVersion": {
                    "type": "string",
                    "description": "Chart version of the release that is deployed on the control plane now."
                  },
                  "conditions": {
                    "type": "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": [
                      "type"
                    ],
                    "items": {
                      "type": "object",
                      "required": [
                        "lastTransitionTime",
                        "message",
                        "reason",
                        "status",
                        "type"
                      ],
                      "properties": {
                        "lastTransitionTime": {
                          "type": "string",
                          "format": "date-time"
                        },
                        "message": {
                          "type": "string",
                          "maxLength": 32768
                        },
                        "observedGeneration": {
                          "type": "integer",
                          "format": "int64",
                          "minimum": 0
                        },
                        "reason": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 1024,
                          "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"
                        },
                        "status": {
                          "type": "string",
                          "enum": [
                            "True",
                            "False",
                            "Unknown"
                          ]
                        },
                        "type": {
                          "type": "string",
                          "maxLength": 316,
                          "pattern": "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$"
                        }
                      }
                    }
                  },
                  "resources": {
                    "type": "array",
                    "description": "Objects that make up this installation.",
                    "items": {
                      "type": "object",
                      "required": [
                        "kind",
                        "name",
                        "phase",
                        "location"
                      ],
                      "properties": {
                        "apiGroup": {
                          "type": "string"
                        },
                        "kind": {
                          "type": "string"
                        },
                        "name": {
                          "type": "string"
                        },
                        "namespace": {
                          "type": "string"
                        },
                        "phase": {
                          "type": "string",
                          "enum": [
                            "Ready",
                            "Progressing",
                            "Terminating",
                            "Failed"
                          ]
                        },
                        "message": {
                          "type": "string"
                        },
                        "location": {
                          "type": "string",
                          "enum": [
                            "PlatformCluster",
                            "ManagedControlPlane"
                          ]
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    ]
  }
} as const;

/** The CustomResourceDefinition of ProviderConfig. */
export const providerConfigCrd = {
  "apiVersion": "apiextensions.k8s.io/v1",
  "kind": "CustomResourceDefinition",
  "metadata": {
    "name": "providerconfigs.ocm.services.openmcp.cloud",
    "labels": {
      "openmcp.cloud/cluster": "platform"
    }
  },
  "spec": {
    "group": "ocm.services.openmcp.cloud",
    "scope": "Cluster",
    "names": {
      "kind": "ProviderConfig",
      "listKind": "ProviderConfigList",
      "plural": "providerconfigs",
      "singular": "providerconfig"
    },
    "versions": [
      {
        "name": "v1alpha1",
        "served": true,
        "storage": true,
        "subresources": {
          "status": {}
        },
        "additionalPrinterColumns": [
          {
            "name": "Phase",
            "type": "string",
            "jsonPath": ".status.phase"
          },
          {
            "name": "Ready",
            "type": "string",
            "jsonPath": ".status.conditions[?(@.type==\"Ready\")].status"
          },
          {
            "name": "Tenants",
            "type": "integer",
            "jsonPath": ".status.tenants.total"
          },
          {
            "name": "Tenants Ready",
            "type": "integer",
            "jsonPath": ".status.tenants.ready"
          },
          {
            "name": "Failing",
            "type": "integer",
            "jsonPath": ".status.tenants.failing"
          },
          {
            "name": "Chart",
            "type": "string",
            "jsonPath": ".spec.chartURL"
          },
          {
            "name": "Age",
            "type": "date",
            "jsonPath": ".metadata.creationTimestamp"
          },
          {
            "name": "Message",
            "type": "string",
            "priority": 1,
            "jsonPath": ".status.conditions[?(@.type==\"Ready\")].message"
          }
        ],
        "schema": {
          "openAPIV3Schema": {
            "type": "object",
            "description": "ProviderConfig says where the chart comes from and how it is installed. Only the object whose name equals the provider's name counts.",
            "properties": {
              "apiVersion": {
                "type": "string"
              },
              "kind": {
                "type": "string"
              },
              "metadata": {
                "type": "object"
              },
              "spec": {
                "type": "object",
                "properties": {
                  "chartURL": {
                    "type": "string",
                    "description": "OCI URL of the Helm chart, without tag and digest. oci:// is added when it is missing.",
                    "default": "ghcr.io/open-component-model/kubernetes/controller/chart",
                    "minLength": 1,
                    "maxLength": 1024,
                    "x-kubernetes-validations": [
                      {
                        "rule": "self.matches('^(oci://)?[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+$')",
                        "message": "must be host[:port]/repository, optionally with oci:// in front, without tag, digest or other scheme"
                      }
                    ]
                  },
                  "pollInterval": {
                    "type": "string",
                    "description": "How often every tenant is checked again, whatever events say, as a Go duration; at least 1s, at most 720h.",
                    "default": "1m",
                    "minLength": 2,
                    "maxLength": 64,
                    "x-kubernetes-validations": [
                      {
                        "rule": "self.matches('^([0-9]+([.][0-9]*)?|[.][0-9]+)(ns|us|µs|ms|s|m|h)(([0-9]+([.][0-9]*)?|[.][0-9]+)(ns|us|µs|ms|s|m|h))*$')",
                        "message": "must be a Go duration such as 30s, 5m or 1h30m"
                      },
                      {
                        "rule": "duration(self) >= duration('1s')",
                        "message": "must be at least 1s"
                      },
                      {
                        "rule": "duration(self) <= duration('720h')",
                        "message": "must be at most 720h"
                      }
                    ]
                  },
                  "imagePullSecret": {
                    "type": "object",
                    "description": "Secret of type kubernetes.io/dockerconfigjson in the provider's namespace; copied to every tenant namespace for the chart's pull.",
                    "properties": {
                      "name": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 253
                      }
                    },
                    "required": [
                      "name"
                    ]
                  },
                  "values": {
                    "type": "object",
                    "description": "Helm values, passed on as they are.",
                    "x-kubernetes-preserve-unknown-fields": true
                  },
                  "targetCluster": {
                    "type": "string",
                    "description": "Where the toolkit of a tenant is installed: on its control plane, which is the default, or on a workload cluster that is requested for it. Holds for tenants that come; others stay where they are.",
                    "enum": [
                      "ManagedControlPlane",
                      "Workload"
                    ]
                  },
                  "caBundleRef": {
                    "type": "object",
                    "description": "ConfigMap or Secret in the provider's namespace with the PEM certificates of further authorities: trusted when the chart is pulled, and by the toolkit's pods.",
                    "required": [
                      "kind",
                      "name"
                    ],
                    "properties": {
                      "kind": {
                        "type": "string",
                        "enum": [
                          "ConfigMap",
                          "Secret"
                        ]
                      },
                      "name": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 253
                      },
                      "key": {
                        "type": "string",
                        "default": "ca.crt",
                        "minLength": 1,
                        "maxLength": 253,
                        "x-kubernetes-validations": [
                          {
                            "rule": "self.matches('^[-._a-zA-Z0-9]+$')",
                            "message": "must consist of letters, digits, '-', '_' and '.'"
                          }
                        ]
                      }
                    }
                  },
                  "verify": {
                    "type": "object",
                    "description": "How Flux verifies the chart's signature before anything of it is installed.",
                    "required": [
                      "provider"
                    ],
                    "properties": {
                      "provider": {
                        "type": "string",
                        "enum": [
                          "cosign",
                          "notation"
                        ]
                      },
                      "secretRef": {
                        "type": "object",
                        "description": "Secret in the provider's namespace with the trusted public keys: *.pub for cosign, trustpolicy.json and *.crt or *.pem for notation. Without it cosign verifies keyless.",
                        "required": [
                          "name"
                        ],
                        "properties": {
                          "name": {
                            "type": "string",
                            "minLength": 1,
                            "maxLength": 253
                          }
                        }
                      },
                      "matchOIDCIdentity": {
                        "type": "array",
                        "description": "Regular expressions of issuer and subject that a keyless signature must match.",
                        "maxItems": 32,
                        "items": {
                          "type": "object",
                          "required": [
                            "issuer",
                            "subject"
                          ],
                          "properties": {
                            "issuer": {
                              "type": "string",
                              "minLength": 1,
                              "maxLength": 1024
                            },
                            "subject": {
                              "type": "string",
                              "minLength": 1,
                              "maxLength": 1024
                            }
                          }
                        }
                      }
                    },
                    "x-kubernetes-validations": [
                      {
                        "rule": "self.provider != 'notation' || has(self.secretRef)",
                        "message": "notation needs secretRef"
                      },
                      {
                        "rule": "self.provider == 'cosign' || !has(self.matchOIDCIdentity)",
                        "message": "matchOIDCIdentity is for cosign only"
                      }
                    ]
                  },
                  "proxySecretRef": {
                    "type": "object",
                    "description": "Secret in the provider's namespace with the proxy through which the chart is pulled: address, and optionally username and password.",
                    "required": [
                      "name"
                    ],
                    "properties": {
                      "name": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 253
                      }
                    }
                  },
                  "versions": {
                    "type": "array",
                    "description": "Versions that tenants may ask for, letter by letter. Without any, every version of the chart is on offer. An entry inherits what it leaves out.",
                    "maxItems": 100,
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": [
                      "version"
                    ],
                    "items": {
                      "type": "object",
                      "required": [
                        "version"
                      ],
                      "properties": {
                        "version": {
                          "type": "string",
                          "description": "What a tenant writes into spec.version.",
                          "minLength": 1,
                          "maxLength": 200,
                          "x-kubernetes-validations": [
                            {
                              "rule": "self.matches('^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}(@sha256:[a-f0-9]{64})?$')",
                              "message": "must be one chart version such as 0.4.0, optionally followed by @sha256: and 64 hex digits"
                            }
                          ]
                        },
                        "chartVersion": {
                          "type": "string",
                          "description": "OCI tag of the chart, optionally pinned with @sha256:<manifest digest>; the version itself unless set.",
                          "minLength": 1,
                          "maxLength": 200,
                          "x-kubernetes-validations": [
                            {
                              "rule": "self.matches('^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}(@sha256:[a-f0-9]{64})?$')",
                              "message": "must be one chart version such as 0.4.0, optionally followed by @sha256: and 64 hex digits"
                            }
                          ]
                        },
                        "chartURL": {
                          "type": "string",
                          "description": "Instead of spec.chartURL.",
                          "minLength": 1,
                          "maxLength": 1024,
                          "x-kubernetes-validations": [
                            {
                              "rule": "self.matches('^(oci://)?[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+$')",
                              "message": "must be host[:port]/repository, optionally with oci:// in front, without tag, digest or other scheme"
                            }
                          ]
                        },
                        "chartPullSecret": {
                          "type": "string",
                          "description": "Name of a Secret like spec.imagePullSecret, instead of it.",
                          "minLength": 1,
                          "maxLength": 253
                        },
                        "values": {
                          "type": "object",
                          "description": "Helm values laid over spec.values: maps are merged, everything else is replaced.",
                          "x-kubernetes-preserve-unknown-fields": true
                        }
                      }
                    }
                  }
                }
              },
              "status": {
                "type": "object",
                "required": [
                  "observedGeneration",
                  "phase"
                ],
                "properties": {
                  "observedGeneration": {
                    "type": "integer",
                    "format": "int64"
                  },
                  "phase": {
                    "type": "string",
                    "enum": [
                      "Ready",
                      "Progressing",
                      "Terminating"
                    ]
                  },
                  "tenants": {
                    "type": "object",
                    "description": "How the OCM objects are, counted at most every few seconds.",
                    "required": [
                      "total",
                      "ready",
                      "failing"
                    ],
                    "properties": {
                      "total": {
                        "type": "integer",
                        "format": "int32"
                      },
                      "ready": {
                        "type": "integer",
                        "format": "int32"
                      },
                      "failing": {
                        "type": "integer",
                        "format": "int32",
                        "description": "Those that somebody has to look after."
                      }
                    }
                  },
                  "conditions": {
                    "type": "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": [
                      "type"
                    ],
                    "items": {
                      "type": "object",
                      "required": [
                        "lastTransitionTime",
                        "message",
                        "reason",
                        "status",
                        "type"
                      ],
                      "properties": {
                        "lastTransitionTime": {
                          "type": "string",
                          "format": "date-time"
                        },
                        "message": {
                          "type": "string",
                          "maxLength": 32768
                        },
                        "observedGeneration": {
                          "type": "integer",
                          "format": "int64",
                          "minimum": 0
                        },
                        "reason": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 1024,
                          "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"
                        },
                        "status": {
                          "type": "string",
                          "enum": [
                            "True",
                            "False",
                            "Unknown"
                          ]
                        },
                        "type": {
                          "type": "string",
                          "maxLength": 316,
                          "pattern": "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    ]
  }
} as const;
