{{/* The alerts of files/alerts.yaml, as a list, for the series of this release. A poll is stale after three steady intervals, and never before 15 minutes. */}}
{{- define "atlas-streams-peering.alerts" -}}
{{- $rule := default dict .Values.metrics.prometheusRule -}}
{{- $old := max 900 (mul 3 (ceil .Values.config.pollIntervalSteady)) -}}
{{- $job := default .Release.Name $rule.job | quote -}}
{{- $namespace := include "atlas-streams-peering.namespace" . | quote -}}
{{- $text := .Files.Get "files/alerts.yaml" | replace "OLDEST_POLL" (toString $old) | replace "\"JOB\"" $job | replace "\"NAMESPACE\"" $namespace -}}
{{- $alerts := list -}}
{{- range ($text | fromYaml).rules -}}
{{- $alert := . -}}
{{- $section := default (print "metrics#" (lower .alert)) .annotations.runbook_url | splitList "#" -}}
{{- $url := default (print (include "atlas-streams-peering.docs" $) "{page}.md#{anchor}") $rule.runbookUrl -}}
{{- $_ := set $alert.annotations "runbook_url" ($url | replace "{page}" (first $section) | replace "{anchor}" (last $section)) -}}
{{- $alerts = append $alerts $alert -}}
{{- end -}}
{{- toJson $alerts -}}
{{- end }}
{{/* Where the documentation of this version is: in the repository that a release names as the chart's home. */}}
{{- define "atlas-streams-peering.docs" -}}
{{- with .Chart.Home }}{{ . }}/blob/v{{ $.Chart.AppVersion }}/{{ end }}docs/
{{- end }}
