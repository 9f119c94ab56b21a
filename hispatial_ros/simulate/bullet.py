"""The same scenes through PyBullet's CPU renderer: a second opinion on the ray casting."""

import numpy as np
import pybullet

from hispatial_ros.camera.model import Camera
from hispatial_ros.simulate.bodies import Body
from hispatial_ros.simulate.shapes import Box, Cylinder, Sphere

NEAR, FAR = 0.1, 20.0  # m


def render(
    camera: Camera, bodies: list[Body], planes: dict[str, tuple[np.ndarray, float]]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Depth z [H, W] m (inf: nothing), index of the body [H, W] (-1: none), rgb [H, W, 3].

    Bodies and planes (normal . p = offset) in the optical frame. Curved surfaces are PyBullet's
    triangle meshes, hence only close to the true ones. Hollow cups are not known to PyBullet.
    """
    client = pybullet.connect(pybullet.DIRECT)
    try:
        owner = {}
        for index, body in enumerate(bodies):
            for part in body.parts:
                color = [*(c / 255 for c in body.rgb), 1]
                owner[_add(client, part, color)] = index
        for normal, offset in planes.values():
            _add(client, _slab(normal, offset), [0.8, 0.8, 0.75, 1])
        _, _, rgba, buffer, mask = pybullet.getCameraImage(
            camera.width,
            camera.height,
            # OpenGL looks along -z with y up.
            viewMatrix=[1, 0, 0, 0, 0, -1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1],
            projectionMatrix=_projection(camera),
            shadow=0,
            renderer=pybullet.ER_TINY_RENDERER,
            physicsClientId=client,
        )
    finally:
        pybullet.disconnect(client)
    shape = (camera.height, camera.width)
    buffer = np.asarray(buffer, float).reshape(shape)
    depth = np.where(buffer < 1, FAR * NEAR / (FAR - (FAR - NEAR) * buffer), np.inf)
    lookup = np.vectorize(lambda unique: owner.get(unique, -1), otypes=[int])
    rgb = np.asarray(rgba, np.uint8).reshape(*shape, 4)[..., :3]
    return depth, lookup(np.asarray(mask).reshape(shape)), rgb


def _projection(camera: Camera) -> list[float]:
    """OpenGL projection of the pinhole; the renderer samples the lower left corners of pixels."""
    w, h = camera.width, camera.height
    m = np.zeros((4, 4))
    m[0, 0], m[0, 2] = 2 * camera.fx / w, 1 - 2 * camera.cx / w
    m[1, 1], m[1, 2] = 2 * camera.fy / h, 2 * (camera.cy + 1) / h - 1
    m[2, 2], m[2, 3] = -(FAR + NEAR) / (FAR - NEAR), -2 * FAR * NEAR / (FAR - NEAR)
    m[3, 2] = -1
    return m.T.ravel().tolist()


def _slab(normal: np.ndarray, offset: float) -> Box:
    """A thick square 16 m wide with its upper face in the plane."""
    axes = np.linalg.svd(normal[None])[2].T[:, [1, 2, 0]]
    axes[:, 2] = normal
    axes[:, 0] = np.cross(axes[:, 1], normal)
    return Box(position=normal * (offset - 0.5), rotation=axes, sides=np.array([16, 16, 1.0]))


def _add(client: int, solid, color: list[float]) -> int:
    if isinstance(solid, Box):
        shape = {"shapeType": pybullet.GEOM_BOX, "halfExtents": (solid.size / 2).tolist()}
    elif isinstance(solid, Cylinder):
        shape = {"shapeType": pybullet.GEOM_CYLINDER, "radius": solid.radius}
        shape["length"] = solid.height
    elif isinstance(solid, Sphere):
        shape = {"shapeType": pybullet.GEOM_SPHERE, "radius": solid.radius}
    else:
        raise TypeError(f"no PyBullet shape for {type(solid).__name__}")
    visual = pybullet.createVisualShape(**shape, rgbaColor=color, physicsClientId=client)
    return pybullet.createMultiBody(
        baseVisualShapeIndex=visual,
        basePosition=solid.position.tolist(),
        baseOrientation=_quaternion(solid.rotation),
        physicsClientId=client,
    )


def _quaternion(rotation: np.ndarray) -> list[float]:
    """(x, y, z, w) of a rotation matrix, by the eigenvector of Bar-Itzhack (2000)."""
    r = rotation
    k = np.array(
        [
            [r[0, 0] - r[1, 1] - r[2, 2], r[0, 1] + r[1, 0], r[0, 2] + r[2, 0], r[2, 1] - r[1, 2]],
            [r[0, 1] + r[1, 0], r[1, 1] - r[0, 0] - r[2, 2], r[1, 2] + r[2, 1], r[0, 2] - r[2, 0]],
            [r[0, 2] + r[2, 0], r[1, 2] + r[2, 1], r[2, 2] - r[0, 0] - r[1, 1], r[1, 0] - r[0, 1]],
            [r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1], np.trace(r)],
        ]
    )
    return np.linalg.eigh(k)[1][:, -1].tolist()
