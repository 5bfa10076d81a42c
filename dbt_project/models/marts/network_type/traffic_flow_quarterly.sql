{{ measured_cells(
    keys=['quarter', 'direction', 'region', 'network_type'],
    shares_of=['quarter', 'direction'],
    covered_by=['quarter', 'region'],
    complements=[
        ['quarter', 'region', 'network_type'],
        ['quarter', 'direction', 'network_type'],
        ['quarter', 'direction', 'region']
    ]
) }}
