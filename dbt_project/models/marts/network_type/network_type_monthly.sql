{{ measured_cells(keys=['month', 'network_type'], shares_of=['month'], covered_by=['month']) }}
