namespace TreasureHunt.Cli.Servers;

/// <summary>Where the installed server programs are.</summary>
/// <param name="Postgres">folder of postgres and initdb</param>
/// <param name="RabbitMq">folder of the versioned rabbitmq-server script: Debian's wrapper in /usr/sbin changes user and folder</param>
public sealed record ServerPrograms(string Postgres, string RabbitMq, string Epmd)
{
    /// <summary>null with what is missing.</summary>
    public static ServerPrograms? Find(out string missing)
    {
        var postgres = Newest("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin")
            .Concat(FolderOnPath("initdb")).FirstOrDefault(folder => Has(folder, "postgres") && Has(folder, "initdb"));
        var rabbit = Newest("/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin", "/opt/homebrew/opt/rabbitmq/sbin", "/usr/local/opt/rabbitmq/sbin", "/opt/rabbitmq*/sbin")
            .FirstOrDefault(folder => Has(folder, "rabbitmq-server") && Has(folder, "rabbitmq-env"));
        var epmd = Programs.Find("epmd") ?? Newest("/usr/lib/erlang/erts-*/bin", "/opt/homebrew/lib/erlang/erts-*/bin")
            .Select(folder => Path.Combine(folder, "epmd")).FirstOrDefault(File.Exists);

        string?[] lacks = [postgres is null ? "PostgreSQL (postgres, initdb)" : null, rabbit is null ? "RabbitMQ (rabbitmq-server)" : null, epmd is null ? "Erlang (epmd)" : null];
        missing = string.Join(", ", lacks.Where(name => name is not null));
        return postgres is null || rabbit is null || epmd is null ? null : new ServerPrograms(postgres, rabbit, epmd);
    }

    private static bool Has(string folder, string program) => File.Exists(Path.Combine(folder, program));

    private static IEnumerable<string> FolderOnPath(string program) =>
        Programs.Find(program) is { } file ? [Path.GetDirectoryName(new FileInfo(file).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? file)!] : [];

    /// <summary>Folders that fit the patterns (one * in one segment), highest version first.</summary>
    private static IEnumerable<string> Newest(params string[] patterns) =>
        patterns.SelectMany(pattern =>
        {
            var star = pattern.IndexOf('*');
            if (star < 0) return Directory.Exists(pattern) ? [pattern] : Array.Empty<string>();
            var parent = pattern[..pattern.LastIndexOf('/', star)];
            var end = pattern.IndexOf('/', star);
            if (!Directory.Exists(parent)) return [];
            return Directory.EnumerateDirectories(parent, pattern[(parent.Length + 1)..end])
                .OrderByDescending(VersionIn).Select(folder => folder + pattern[end..]);
        });

    private static Version VersionIn(string folder)
    {
        var digits = new string([.. Path.GetFileName(folder).SkipWhile(c => !char.IsDigit(c)).TakeWhile(c => char.IsDigit(c) || c == '.')]);
        return Version.TryParse(digits.Contains('.') ? digits : digits + ".0", out var version) ? version : new Version();
    }
}
