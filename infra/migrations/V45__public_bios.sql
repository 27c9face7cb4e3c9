-- What other services may show of an author: what they say of themselves too, which the RealWorld API shows beside each article.
create or replace view profile.public_profiles as
select p.user_id, p.display_name, p.image_url, p.bio
from profile.profiles p;
