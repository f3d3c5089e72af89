{#- Ask for every model of this run that says what data it uses (meta: lineage), and stop before the first one starts. -#}
{% macro lineage_gate() %}
  {%- if execute -%}
    {%- set refused = [] -%}
    {%- for name in selected_resources if name in graph.nodes and graph.nodes[name].config.meta.get("lineage") -%}
      {%- set uses = graph.nodes[name].config.meta["lineage"] -%}
      {%- for element in uses["elements"] -%}
        {%- set words = [] -%}
        {%- for word in (uses["process"], element, uses["purpose"]) -%}
          {%- do words.append("'" ~ word | replace("'", "''") ~ "'") -%}
        {%- endfor -%}
        {%- set asked = "select lineage_why_not(" ~ words | join(", ") ~ ", " ~ var("lineage_timeout") | float
                        ~ ", '" ~ var("lineage_on_error") ~ "', '"
                        ~ (uses.get("meets") or []) | join(",") | replace("'", "''") ~ "') as why_not" -%}
        {%- set reason = run_query(asked).columns[0].values()[0] -%}
        {%- if reason -%}{%- do refused.append(name ~ "\n" ~ reason) -%}{%- endif -%}
      {%- endfor -%}
    {%- endfor -%}
    {%- if refused -%}{{ exceptions.raise_compiler_error(refused | join("\n")) }}{%- endif -%}
  {%- endif -%}
{% endmacro %}
