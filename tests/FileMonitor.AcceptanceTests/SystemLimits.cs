using System.Runtime.InteropServices;
using Xunit;

namespace FileMonitor.AcceptanceTests;

/// <summary>What the system under a test cannot do: such a test is skipped, with the reason.</summary>
internal static class SystemLimits
{
    private static readonly Lazy<bool> Links = new(CanMakeLinks);

    /// <summary>Whether Windows is Wine, which does some things as Windows never did.</summary>
    public static bool IsWine { get; } =
        OperatingSystem.IsWindows() && NativeLibrary.TryLoad("ntdll", out var system) && NativeLibrary.TryGetExport(system, "wine_get_version", out _);

    public static void SkipUnlessLinksCanBeMade() =>
        Assert.SkipUnless(Links.Value, "No symbolic links can be made here: on Windows it takes a privilege, and Wine makes none.");

    public static void SkipWhereNamesOfOtherCaseAreNotRenamed() =>
        Assert.SkipWhen(IsWine, "Wine does not rename an item to its own name in another case.");

    public static void SkipWhereRenamedDirectoriesKeepTheirNames(ChangeSourceKind source) =>
        Assert.SkipWhen(IsWine && source != ChangeSourceKind.Polling, "Wine goes on calling what is in a renamed directory by its old name.");

    /// <summary>Who has an item open keeps its name from going: the watcher its root, the monitor a file that it reads.</summary>
    public static void SkipWhereDeletedItemsCanBeOpened(ChangeSourceKind source) =>
        Assert.SkipWhen(IsWine && source != ChangeSourceKind.Polling, "Wine opens a deleted item that somebody still has open, and does not say that it was deleted.");

    public static void SkipOnWindows(string reason) => Assert.SkipWhen(OperatingSystem.IsWindows(), reason);

    private static bool CanMakeLinks()
    {
        using var home = new TemporaryDirectory();
        try
        {
            // Wine says that it made one, and makes none.
            File.CreateSymbolicLink(home.PathOf("link"), "target");
            return new FileInfo(home.PathOf("link")).LinkTarget == "target";
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
