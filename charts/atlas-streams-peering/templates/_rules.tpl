{{/* What the operator does with its own objects. */}}
{{- define "atlas-streams-peering.objectRules" -}}
{{- /* The operator patches an object only for its finalizer: kinds without deletionPolicy have none. */}}
{{- $held := list }}
{{- $others := list }}
{{- $statuses := list }}
{{- range include "atlas-streams-peering.crds" . | fromJsonArray }}
{{- $plural := .spec.names.plural }}
{{- $statuses = append $statuses (printf "%s/status" $plural) }}
{{- if hasKey (index .spec.versions 0).schema.openAPIV3Schema.properties.spec.properties "deletionPolicy" }}
{{- $held = append $held $plural }}
{{- else }}
{{- $others = append $others $plural }}
{{- end }}
{{- end }}
- apiGroups: [atlasstreams.io]
  resources: [{{ join ", " $held }}]
  verbs: [get, list, watch, patch]
- apiGroups: [atlasstreams.io]
  resources: [{{ join ", " $others }}]
  verbs: [get, list, watch]
- apiGroups: [atlasstreams.io]
  resources: [{{ join ", " $statuses }}]
  verbs: [update]
{{- end }}

{{/* What the operator does with other objects of the namespaces it serves. Nothing lists or watches Secrets. */}}
{{- define "atlas-streams-peering.otherRules" -}}
{{- /* A policy creates StreamsVpcPeerings, and deletes what it has created where its deletionPolicy says so. */}}
{{- if .Values.config.policies }}
- apiGroups: [atlasstreams.io]
  resources: [streamsvpcpeerings]
  verbs: [create, delete]
{{- end }}
- apiGroups: [""]
  resources: [secrets]
  {{- with .Values.rbac.secretNames }}
  resourceNames: {{ toJson . }}
  {{- end }}
  verbs: [get]
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get, create, update, delete]
- apiGroups: [""]
  resources: [events]
  verbs: [create]
{{- end }}

{{/* The namespaced mode in which the operator keeps its own objects while their namespace is deleted. */}}
{{- define "atlas-streams-peering.outlives" -}}
{{- if and .Values.rbac.clusterWideObjects (include "atlas-streams-peering.watched" . | fromJsonArray) }}true{{ end -}}
{{- end }}

{{/* What the operator may do in each namespace it serves. */}}
{{- define "atlas-streams-peering.rules" -}}
{{- if not (include "atlas-streams-peering.outlives" .) -}}
{{ include "atlas-streams-peering.objectRules" . }}
{{ end -}}
{{ include "atlas-streams-peering.otherRules" . }}
{{- end }}

{{/*
A role and its binding, for the whole cluster or, in the namespaced mode, one pair for each namespace.
dict "root" $ "name" … "component" … "rules" … "account" …
*/}}
{{- define "atlas-streams-peering.grant" -}}
{{- $root := .root -}}
{{- $grant := . -}}
{{- $namespaces := include "atlas-streams-peering.watched" $root | fromJsonArray -}}
{{- range (default (list "") $namespaces) }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ . | empty | ternary "ClusterRole" "Role" }}
metadata:
  name: {{ $grant.name }}
  {{- with . }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "atlas-streams-peering.labels" (list $root $grant.component) | nindent 4 }}
rules:
  {{- $grant.rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ . | empty | ternary "ClusterRoleBinding" "RoleBinding" }}
metadata:
  name: {{ $grant.name }}
  {{- with . }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "atlas-streams-peering.labels" (list $root $grant.component) | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ . | empty | ternary "ClusterRole" "Role" }}
  name: {{ $grant.name }}
subjects:
  - kind: ServiceAccount
    name: {{ $grant.account }}
    namespace: {{ include "atlas-streams-peering.namespace" $root }}
{{- end }}
{{- end }}

{{/* A Role and its binding in one namespace: the same dict, and "namespace". */}}
{{- define "atlas-streams-peering.grantIn" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ .name }}
  namespace: {{ .namespace }}
  labels:
    {{- include "atlas-streams-peering.labels" (list .root .component) | nindent 4 }}
rules:
  {{- .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ .name }}
  namespace: {{ .namespace }}
  labels:
    {{- include "atlas-streams-peering.labels" (list .root .component) | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ .name }}
subjects:
  - kind: ServiceAccount
    name: {{ .account }}
    namespace: {{ include "atlas-streams-peering.namespace" .root }}
{{- end }}
