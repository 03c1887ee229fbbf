namespace FileMonitor.Tests;

/// <summary>The files of this repository, for the tests that read them.</summary>
internal static class RepositoryFiles
{
    // From where the test runs, upwards: the path of a source file is not real in a deterministic build.
    public static string Top { get; } = FindTop();

    public static string PathOf(string file) => Path.Join(Top, file);

    public static string Read(string file) => File.ReadAllText(PathOf(file));

    /// <summary>The C# files we wrote below a folder, as paths relative to it with <c>/</c>.</summary>
    public static IEnumerable<(string Path, string[] Lines)> Sources(string folder)
    {
        var top = Path.Join(Top, folder);
        return Directory.EnumerateFiles(top, "*.cs", SearchOption.AllDirectories)
            .Select(file => (Path: Path.GetRelativePath(top, file).Replace('\\', '/'), Lines: File.ReadAllLines(file)))
            .Where(file => !file.Path.Split('/').Any(name => name is "bin" or "obj"));
    }

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
