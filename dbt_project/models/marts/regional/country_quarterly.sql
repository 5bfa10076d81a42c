{#- Which networks a country has is public, so that those told would tell those withheld: these count in no country. -#}
with cells as (
    {{ measured_cells(
        keys=['quarter', 'country_told'],
        shares_of=['quarter'],
        covered_by=['quarter'],
        derived={'country_told': "case when network_key = 'withheld' then 'withheld' else country end"},
        derived_named={'country_told': 'country'},
        divided=['country_told'],
        is_limited_by_dominance=true
    ) | indent(4) }}
)

select
    cells.quarter_began_on,
    cells.quarter,
    {{ measured_columns('cells') }},
    cells.country_told as country
from cells
order by cells.quarter, cells.country_told
