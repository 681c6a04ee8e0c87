{{- define "chart.fullname" -}}
{{- default .Release.Name .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "chart.labels" -}}
app.kubernetes.io/name: ocm-k8s-toolkit
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "chart.selector" -}}
app.kubernetes.io/instance: {{ .Release.Name }}
control-plane: controller-manager
{{- end -}}

{{- /* The kinds that a version of the toolkit has, as JSON. */ -}}
{{- define "chart.kinds" -}}
{{- $kinds := list "Repository" "Component" "Resource" "Deployer" -}}
{{- if semverCompare ">=0.5.0" .Chart.Version -}}
{{- $kinds = append $kinds "Replication" -}}
{{- end -}}
{{- if semverCompare ">=0.16.0" .Chart.Version -}}
{{- $kinds = concat $kinds (list "NamespacedDeployer" "Discovery") -}}
{{- end -}}
{{- toJson $kinds -}}
{{- end -}}

{{- define "chart.plural" -}}
{{- if hasSuffix "y" . -}}
{{- lower . | trimSuffix "y" -}}ies
{{- else -}}
{{- lower . -}}s
{{- end -}}
{{- end -}}

{{- /* The resources of those kinds, as a list in YAML. */ -}}
{{- define "chart.resources" -}}
{{- range fromJsonArray (include "chart.kinds" .) }}
- {{ include "chart.plural" . }}
{{- end }}
{{- end -}}
