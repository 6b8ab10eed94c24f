{{/* Names */}}

{{- define "atlas-streams-peering.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{- define "atlas-streams-peering.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "atlas-streams-peering.name" . -}}
{{- /* Helm allows dots in a release's name, Kubernetes none in a Service's. */ -}}
{{- $release := .Release.Name | replace "." "-" -}}
{{- if contains $name $release -}}
{{- $release | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" $release $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* The full name with something after it, in at most 63 characters: list $ "metrics" */}}
{{- define "atlas-streams-peering.named" -}}
{{- $root := index . 0 -}}
{{- $suffix := index . 1 -}}
{{- $room := sub 62 (len $suffix) | int -}}
{{- printf "%s-%s" (include "atlas-streams-peering.fullname" $root | trunc $room | trimSuffix "-") $suffix -}}
{{- end }}

{{- define "atlas-streams-peering.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end }}

{{- define "atlas-streams-peering.serviceAccountName" -}}
{{- default (include "atlas-streams-peering.fullname" .) .Values.serviceAccount.name -}}
{{- end }}

{{/*
The Lease's name. Two releases that serve the whole cluster from one namespace must take turns: they share it. Two that
serve some namespaces each are two operators, of which each needs its own.
*/}}
{{- define "atlas-streams-peering.leaseName" -}}
{{- if .Values.config.leaseName -}}
{{- .Values.config.leaseName -}}
{{- else if include "atlas-streams-peering.watched" . | fromJsonArray -}}
{{- include "atlas-streams-peering.fullname" . -}}
{{- else -}}
atlas-streams-peering
{{- end -}}
{{- end }}

{{/* Labels */}}

{{/* What all pods of the release have in common. */}}
{{- define "atlas-streams-peering.releaseSelector" -}}
app.kubernetes.io/name: {{ include "atlas-streams-peering.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* The operator's pods, and no other: neither the test's nor the hook's. */}}
{{- define "atlas-streams-peering.selector" -}}
{{ include "atlas-streams-peering.releaseSelector" . }}
app.kubernetes.io/component: operator
{{- end }}

{{/* All labels of an object: list $ "component" (dict or null, more of its own)… What selectors rely on cannot be overridden. */}}
{{- define "atlas-streams-peering.labels" -}}
{{- $root := index . 0 -}}
{{- $labels := mergeOverwrite (dict) ($root.Values.commonLabels | default dict) -}}
{{- range slice . 2 -}}
{{- $labels = mergeOverwrite $labels (. | default dict) -}}
{{- end -}}
{{- $fixed := dict
      "helm.sh/chart" (printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
      "app.kubernetes.io/version" $root.Chart.AppVersion
      "app.kubernetes.io/managed-by" $root.Release.Service
      "app.kubernetes.io/part-of" "atlas-streams-peering"
      "app.kubernetes.io/component" (index . 1)
-}}
{{- $fixed = mergeOverwrite $fixed (include "atlas-streams-peering.releaseSelector" $root | fromYaml) -}}
{{- mergeOverwrite $labels $fixed | toYaml -}}
{{- end }}

{{/* Pods */}}

{{- define "atlas-streams-peering.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end }}

{{/* What every pod of the release says of itself: the operator's, the test's and the hook's. */}}
{{- define "atlas-streams-peering.pod" -}}
automountServiceAccountToken: true
enableServiceLinks: false
{{- $global := .Values.global | default dict }}
{{- with concat ($global.imagePullSecrets | default list) (.Values.imagePullSecrets | default list) | uniq }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- if not (kindIs "invalid" .Values.hostUsers) }}
hostUsers: {{ .Values.hostUsers }}
{{- end }}
{{- with .Values.dnsPolicy }}
dnsPolicy: {{ . }}
{{- end }}
{{- with .Values.dnsConfig }}
dnsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.hostAliases }}
hostAliases:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with mergeOverwrite (dict) ($global.nodeSelector | default dict) (.Values.nodeSelector | default dict) }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.extraVolumes }}
volumes:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* What every container of the release says of itself. */}}
{{- define "atlas-streams-peering.container" -}}
image: {{ include "atlas-streams-peering.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
env:
  - name: POD_NAMESPACE
    valueFrom:
      fieldRef:
        fieldPath: metadata.namespace
  {{- /* The Lease belongs to its leader's pod, and goes with it. */}}
  - name: POD_NAME
    valueFrom:
      fieldRef:
        fieldPath: metadata.name
  - name: POD_UID
    valueFrom:
      fieldRef:
        fieldPath: metadata.uid
  {{- range $name, $value := include "atlas-streams-peering.configuration" . | fromYaml }}
  {{- /* Kubernetes would drop an empty one, and whoever compares would see a difference. */}}
  {{- if $value }}
  - name: {{ $name }}
    value: {{ $value | quote }}
  {{- end }}
  {{- end }}
  {{- with .Values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .Values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.securityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.extraVolumeMounts }}
volumeMounts:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/*
The Deployment's strategy. What Kubernetes would fill in beside RollingUpdate is said: what it has filled in it keeps, and
then refuses beside Recreate, when the election is turned off.
*/}}
{{- define "atlas-streams-peering.strategy" -}}
{{- $strategy := .Values.strategy | default dict -}}
{{- /* Without an election there must never be two. */ -}}
{{- $type := .Values.config.leaderElect | default false | ternary "RollingUpdate" "Recreate" -}}
{{- $type = dig "type" (empty $strategy | ternary $type "RollingUpdate") $strategy -}}
type: {{ $type }}
{{- if eq $type "RollingUpdate" }}
rollingUpdate:
  maxSurge: {{ dig "rollingUpdate" "maxSurge" "25%" $strategy }}
  maxUnavailable: {{ dig "rollingUpdate" "maxUnavailable" "25%" $strategy }}
{{- end }}
{{- end }}

{{/* Configuration */}}

{{/* All values under `config`, as the variables that the operator reads: pollIntervalSteady → POLL_INTERVAL_STEADY. */}}
{{- define "atlas-streams-peering.configuration" -}}
{{- $lease := .Values.config.leaderElect | default false | ternary (include "atlas-streams-peering.leaseName" .) "" }}
{{- range $key, $value := merge (dict "leaseName" $lease) .Values.config }}
{{ snakecase $key | upper }}: {{ (kindIs "slice" $value | ternary (join "," (kindIs "slice" $value | ternary $value (list))) $value) | toString | quote }}
{{- end }}
{{- end }}

{{/* Ports that the base URLs lead to, as a list. */}}
{{- define "atlas-streams-peering.upstreamPorts" -}}
{{- $ports := list -}}
{{- range list .Values.config.atlasBaseUrl .Values.config.confluentBaseUrl -}}
{{- $url := urlParse (toString .) -}}
{{- $port := regexFind ":[0-9]+$" $url.host | trimPrefix ":" -}}
{{- $ports = append $ports (default (eq $url.scheme "http" | ternary "80" "443") $port | int) -}}
{{- end -}}
{{- uniq $ports | toJson -}}
{{- end }}

{{/* Namespaces of the namespaced mode, as a list; empty: the operator serves the whole cluster. */}}
{{- define "atlas-streams-peering.watched" -}}
{{- .Values.config.watchNamespaces | default list | uniq | toJson -}}
{{- end }}

{{/* Fail with all problems, a sentence each. */}}
{{- define "atlas-streams-peering.refuse" -}}
{{- fail (printf "\n\nThese values contradict each other:\n- %s\n" (join "\n- " .)) -}}
{{- end }}

{{/* The CustomResourceDefinitions' files, as a list of manifests: those of the kinds that the operator serves. */}}
{{- define "atlas-streams-peering.crds" -}}
{{- $crds := list -}}
{{- range $path, $_ := .Files.Glob "files/crds/*.yaml" -}}
{{- $crd := $.Files.Get $path | fromYaml -}}
{{- if or $.Values.config.policies (ne $crd.spec.names.kind "StreamsVpcPeeringPolicy") -}}
{{- $crds = append $crds $crd -}}
{{- end -}}
{{- end -}}
{{- toJson $crds -}}
{{- end }}

{{/* Names of the custom resources, as a list: streamsvpcpeerings … */}}
{{- define "atlas-streams-peering.resources" -}}
{{- $names := list -}}
{{- range include "atlas-streams-peering.crds" . | fromJsonArray -}}
{{- $names = append $names .spec.names.plural -}}
{{- end -}}
{{- toJson $names -}}
{{- end }}
