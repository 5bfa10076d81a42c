{{ measured_cells(
    keys=['quarter', 'country'],
    shares_of=['quarter'],
    covered_by=['quarter'],
    complements=[['quarter']],
    dominance='bits'
) }}
