{{/* The alerts of files/alerts.yaml, as a list. A poll is stale after three steady intervals, and never before 15 minutes. */}}
{{- define "atlas-streams-peering.alerts" -}}
{{- $old := max 900 (mul 3 (ceil .Values.config.pollIntervalSteady)) -}}
{{- (.Files.Get "files/alerts.yaml" | replace "OLDEST_POLL" (toString $old) | fromYaml).rules | toJson -}}
{{- end }}
