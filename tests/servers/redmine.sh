#!/usr/bin/env bash
# Makes a Redmine from Debian's packages in the folder $1, once. Nothing is installed: packages are
# unpacked there, and Ruby is told where. Needs apt's lists, which root can fetch.
#
# Debian's own configuration step wants gems that it cannot fetch and leaves apt in an error state.
# tests/servers/redmine_server.py serves copies of what is made here.
set -euo pipefail
folder="$1"
version=1
[[ -f "$folder/made-$version" ]] && exit 0

fail() {
  printf 'redmine.sh: %s\n' "$1" >&2
  exit 2
}
for program in apt-get apt-cache dpkg-deb; do
  command -v "$program" >/dev/null || fail "needs $program: Redmine comes as a package of Debian"
done
has_redmine() { apt-cache show redmine >/dev/null 2>&1; }
if ! has_redmine; then
  [[ "$(id -u)" == 0 ]] && apt-get update -qq
  has_redmine || fail "apt knows no package redmine; let root run: apt-get update"
fi

rm -rf "$folder"
mkdir -p "$folder/packages" "$folder/root"
cd "$folder/packages"
# What is here already need not be unpacked; pictures in reports and the web page's scripts neither.
unneeded='^(imagemagick|libmagick|libfftw|liblqr|libltdl|libwebp|libjs-|dbconfig|ruby-rmagick|redmine-sqlite)'
apt-get -s --no-install-recommends install redmine redmine-sqlite ruby-sqlite3 puma |
  awk '/^Inst/ { print $2 }' | grep -Ev "$unneeded" >../list || true
grep -q '^redmine$' ../list || echo redmine >>../list
xargs apt-get -o APT::Sandbox::User=root download -qq <../list
for package in *.deb; do
  dpkg-deb -x "$package" "$folder/root"
done
rm -rf "$folder/packages"

cp -a "$folder/root/usr/share/redmine" "$folder/app"
cd "$folder/app"
find . -xtype l -delete
mkdir -p instances/template/{config,log,tmp/cache,files}
sed -i "s#'/usr/share/redmine/{config,instances/\*/config}/database.yml'#File.expand_path('../instances/template/config/database.yml', __FILE__)#" Gemfile
printf 'production:\n  adapter: sqlite3\n  database: %s\n' "$folder/app/instances/template/redmine.sqlite3" \
  >instances/template/config/database.yml
printf '%064d\n' 7 >instances/template/config/secret_key.txt
# Nobody loses anything with this database: it need not wait for the disk.
cat >config/initializers/00_fast_database.rb <<'RUBY'
require 'active_record/connection_adapters/sqlite3_adapter'
ActiveRecord::ConnectionAdapters::SQLite3Adapter.prepend(Module.new do
  def configure_connection
    super
    execute('PRAGMA synchronous = OFF')
    execute('PRAGMA journal_mode = WAL')
  end
end)
RUBY
cat >lib/tasks/guichet.rake <<'RUBY'
task guichet: :environment do
  Setting.rest_api_enabled = '1'
  project = Project.create!(name: 'Guichet', identifier: 'guichet', is_public: true)
  project.trackers = Tracker.all
  project.enabled_module_names = ['issue_tracking']
  %w[Voirie Accueil].each { |name| IssueCategory.create!(project: project, name: name) }
  keys = {}
  [%w[guichet Guichet Mairie], %w[julie Julie Martin], %w[marc Marc Petit]].each do |login, first, last|
    user = User.new(firstname: first, lastname: last, mail: "#{login}@example.test", mail_notification: 'none')
    user.login = login
    user.password = user.password_confirmation = 'correct-horse'
    user.save!
    Member.create!(project: project, user: user, roles: [Role.find_by!(name: 'Manager')])
    keys[login] = user.api_key
  end
  File.write(File.join(Rails.root, 'instances/template/keys.json'), keys.to_json)
end
RUBY

# How Ruby finds itself here; tests/servers/redmine_server.py reads it too.
usr="$folder/root/usr"
found=("$usr"/lib/*/libruby-*.so.*)
libraries="$(dirname "${found[0]}")"
found=("$usr"/lib/ruby/gems/*)
abi="$(basename "${found[0]}")"
cat >"$folder/environment" <<SHELL
LD_LIBRARY_PATH=$libraries
RUBYLIB=$usr/lib/ruby/vendor_ruby:$libraries/ruby/vendor_ruby/$abi:$usr/lib/ruby/$abi:$libraries/ruby/$abi
GEM_PATH=$usr/share/rubygems-integration/all:$usr/share/rubygems-integration/$abi:$libraries/rubygems-integration/$abi:$usr/lib/ruby/gems/$abi
RAILS_ENV=production
SCHEMA=/dev/null
LANG=C.UTF-8
SHELL
set -a
# shellcheck source=/dev/null
source "$folder/environment"
X_DEBIAN_SITEID=template REDMINE_LANG=en
set +a
# Two programs: the classes of the first still have the columns of before.
for tasks in db:migrate "redmine:load_default_data guichet"; do
  # shellcheck disable=SC2086
  "$usr/bin/ruby" "$usr/bin/rake" $tasks >"$folder/log" 2>&1 || fail "$(tail -n 20 "$folder/log")"
done
touch "$folder/made-$version"
