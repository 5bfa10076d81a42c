{{ measured_cells(
    keys=['quarter', 'region', 'metro', 'metro_source'],
    shares_of=['quarter'],
    covered_by=['quarter', 'region'],
    divided=['metro', 'metro_source'],
    is_limited_by_dominance=true
) }}
