using FileMonitor.Extending;

namespace FileMonitor.Sources.Fanotify;

/// <summary>A directory below a root: one of the tree, or one that was looked up and has only a path.</summary>
internal readonly record struct FanotifyPlace(MonitoredRoot Root, FanotifyDirectory? Directory, string? Path);

/// <summary>Looks up on the disk which directory a handle names that is not in the tree (yet).</summary>
internal delegate bool DirectoryResolver(ReadOnlySpan<byte> handle, out FanotifyPlace place);

/// <summary>Asks the disk for the handle of a directory: what kernels before 5.17 do not say. Answers how many bytes it has, or -1.</summary>
internal delegate int HandleFinder(FanotifyDirectory parent, string name, Span<byte> handle);

/// <summary>Asks the disk where a directory is now. False when it is gone.</summary>
/// <param name="handle">The directory.</param>
/// <param name="parent">Where the handle of the directory it is in is written.</param>
/// <param name="length">How many bytes that has.</param>
/// <param name="name">Its name there.</param>
internal delegate bool DirectoryLocator(ReadOnlySpan<byte> handle, Span<byte> parent, out int length, out string name);
