{{ measured_cells(
    keys=['quarter', 'direction', 'region', 'network_type'],
    shares_of=['quarter', 'direction'],
    covered_by=['quarter', 'region']
) }}
