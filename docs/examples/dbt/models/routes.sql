select 'parcel 1' as parcel, 'Tuesday' as day
