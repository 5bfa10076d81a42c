{{ measured_cells(
    keys=['quarter', 'country'],
    shares_of=['quarter'],
    covered_by=['quarter'],
    divided=['country'],
    is_limited_by_dominance=true
) }}
