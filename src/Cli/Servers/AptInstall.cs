using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Servers;

/// <summary>
/// Installs Debian packages and nothing else: no service is started or enabled, no database cluster is made, and the two
/// files that see to it are put back as they were. Never interrupted half way: Ctrl-C takes effect afterwards.
/// </summary>
public static class AptInstall
{
    private const string PolicyFile = "/usr/sbin/policy-rc.d", ClusterFile = "/etc/postgresql-common/createcluster.conf";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(20);

    /// <returns>null when all is installed, else why not</returns>
    public static async Task<string?> RunAsync(string[] packages)
    {
        var before = BootServices.Enabled();
        using var noStarts = new ReplacedFile(PolicyFile, "#!/bin/sh\nexit 101\n", executable: true);
        // apt drops to a user of its own for downloads; an index that cannot be refreshed is no reason to give up yet
        await AptAsync("apt-get update", ["update"]);
        // First the package that brings the cluster settings' file, so that the file we replace is the packaged one.
        if (await AptAsync("apt-get install postgresql-common", ["install", "postgresql-common"]) is { Ok: false } failed) return Why(failed);
        using var noCluster = new ReplacedFile(ClusterFile, "create_main_cluster = false\n", executable: false);
        if (await AptAsync($"apt-get install {string.Join(' ', packages)}", ["install", .. packages]) is { Ok: false } failedToo) return Why(failedToo);
        await BootServices.DisableNewAsync(before);
        return null;
    }

    private static Task<ProgramResult> AptAsync(string what, string[] arguments) =>
        Screen.StepAsync(what, () => Programs.RunAsync(
            Programs.Need("apt-get"), ["-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120", .. arguments], Limit,
            environment: new Dictionary<string, string> { ["DEBIAN_FRONTEND"] = "noninteractive", ["NEEDRESTART_SUSPEND"] = "1" },
            onLine: line =>
            {
                if (line.StartsWith("Need to get", StringComparison.Ordinal) || line.StartsWith("Fetched", StringComparison.Ordinal)
                    || line.StartsWith("Setting up rabbitmq", StringComparison.Ordinal) || line.StartsWith("Setting up postgresql-", StringComparison.Ordinal))
                {
                    Screen.Note("  " + line);
                }
            }));

    private static string Why(ProgramResult failed) =>
        $"apt-get failed ({failed.ExitCode}): {string.Join(" / ", failed.Said.Split('\n').Where(line => line.StartsWith("E:", StringComparison.Ordinal)).DefaultIfEmpty(failed.Said.Split('\n')[^1]))}";
}
