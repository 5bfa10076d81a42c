{{ measured_cells(
    keys=['quarter', 'region', 'metro', 'metro_source'],
    shares_of=['quarter'],
    covered_by=['quarter', 'region'],
    complements=[['quarter', 'region'], ['quarter']],
    dominance='bits'
) }}
