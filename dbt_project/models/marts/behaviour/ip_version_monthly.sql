{{ measured_cells(
    keys=['month', 'network_type', 'ip_version'],
    shares_of=['month'],
    covered_by=['month'],
    complements=[['month', 'network_type'], ['month', 'ip_version']]
) }}
