{{ measured_cells(
    keys=['quarter', 'region', 'network_type'],
    shares_of=['quarter'],
    covered_by=['quarter', 'region'],
    complements=[['quarter', 'network_type'], ['quarter', 'region']]
) }}
