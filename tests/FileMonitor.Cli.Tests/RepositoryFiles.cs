namespace FileMonitor.Cli.Tests;

/// <summary>The files of this repository, for the tests that read them.</summary>
internal static class RepositoryFiles
{
    // From where the test runs, upwards: the path of a source file is not real in a deterministic build.
    public static string Top { get; } = FindTop();

    private static string FindTop()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Join(directory.FullName, "FileMonitor.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new DirectoryNotFoundException($"No FileMonitor.sln above {AppContext.BaseDirectory}.");
    }
}
