{{ measured_cells(
    keys=['quarter', 'region', 'network_type'], shares_of=['quarter'], covered_by=['quarter', 'region']
) }}
