{{ measured_cells(
    keys=['month', 'network_type', 'ip_version'],
    shares_of=['month'],
    covered_by=['month'],
    all_or_none_by=['month', 'network_type']
) }}
