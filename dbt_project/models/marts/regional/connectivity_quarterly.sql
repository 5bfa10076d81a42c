{{ measured_cells(
    keys=['quarter', 'region', 'network_type', 'direction', 'connectivity'],
    shares_of=['quarter', 'direction'],
    covered_by=['quarter', 'region'],
    divided=['connectivity']
) }}
