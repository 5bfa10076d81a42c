{{ measured_cells(keys=['quarter', 'network_type'], shares_of=['quarter'], covered_by=['quarter']) }}
