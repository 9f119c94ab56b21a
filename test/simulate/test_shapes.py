"""The simulator's geometry against closed forms and PyBullet."""

import itertools

import numpy as np
import pybullet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hispatial_ros.simulate import bullet
from hispatial_ros.simulate.shapes import Box, Cup, Cylinder, Sphere, closest_between


def rotation(rng: np.random.Generator) -> np.ndarray:
    q, r = np.linalg.qr(rng.standard_normal((3, 3)))
    q = q * np.sign(np.diag(r))
    return q * np.sign(np.linalg.det(q))


def solids(rng: np.random.Generator, at=(0.0, 0.0, 3.0)) -> list:
    place = {"position": np.array(at), "rotation": rotation(rng)}
    return [
        Box(sides=rng.uniform(0.1, 1, 3), **place),
        Cylinder(radius=rng.uniform(0.1, 0.5), height=rng.uniform(0.1, 1), **place),
        Sphere(radius=rng.uniform(0.1, 0.5), **place),
    ]


def test_sphere_in_closed_form():
    sphere = Sphere(position=np.array([0.0, 0.0, 2.0]), radius=0.5)
    axis = np.array([[0, 0, 1.0], [0.5, 0, 1.0]])
    np.testing.assert_allclose(sphere.cast(axis), [1.5, np.inf])
    x = 0.2  # |t d - c|^2 = r^2 with d = (0.2, 0, 1)
    t = (2 - np.sqrt(4 - (1 + x * x) * (4 - 0.25))) / (1 + x * x)
    np.testing.assert_allclose(sphere.cast(np.array([x, 0, 1.0])), t)
    np.testing.assert_allclose(sphere.closest(np.zeros(3)), [0, 0, 1.5])
    np.testing.assert_allclose(sphere.support(np.eye(3)), [0.5, 0.5, 2.5])


def test_box_turned_by_45_degrees_in_closed_form():
    c = np.sqrt(0.5)
    turn = np.array([[c, 0, c], [0, 1, 0], [-c, 0, c]])
    box = Box(position=np.array([0, 0, 2.0]), rotation=turn, sides=np.array([1.0, 0.4, 1.0]))
    np.testing.assert_allclose(box.cast(np.array([0, 0, 1.0])), 2 - c)
    np.testing.assert_allclose(box.support(np.eye(3)), [c, 0.2, 2 + c])
    np.testing.assert_allclose(box.closest(np.zeros(3)), [0, 0, 2 - c], atol=1e-12)


def test_cylinder_across_the_view_in_closed_form():
    along_x = np.array([[0, 0, 1.0], [1, 0, 0], [0, 1, 0]])
    cylinder = Cylinder(position=np.array([0, 0, 2.0]), rotation=along_x, radius=0.3, height=1.0)
    np.testing.assert_allclose(cylinder.cast(np.array([0, 0, 1.0])), 1.7)
    np.testing.assert_allclose(cylinder.support(np.eye(3)), [0.5, 0.3, 2.3], atol=1e-12)
    np.testing.assert_allclose(cylinder.closest(np.array([0.9, 0, 2.0])), [0.5, 0, 2])


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10**6))
def test_cast_points_lie_on_the_surface(seed):
    rng = np.random.default_rng(seed)
    directions = np.concatenate([rng.uniform(-0.25, 0.25, (200, 2)), np.ones((200, 1))], 1)
    for solid in solids(rng):
        t = solid.cast(directions)
        hit = np.isfinite(t)
        points = t[hit, None] * directions[hit]
        np.testing.assert_allclose(solid.closest(points), points, atol=1e-9)
        before = points * 0.999  # just outside
        assert (np.linalg.norm(solid.closest(before) - before, axis=1) > 0).all()
        # Seen from outside: normals face the camera, and the support bounds every point.
        normals = solid.normals(points)
        np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1)
        assert ((normals * directions[hit]).sum(1) < 1e-6).all()
        assert (points @ np.eye(3) <= solid.support(np.eye(3)) + 1e-9).all()
        if hit.any():
            nearest = np.linalg.norm(solid.closest(np.zeros(3)))
            assert nearest <= np.linalg.norm(points, axis=1).min() + 1e-9


def test_one_looks_into_a_cup():
    down_view = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, -1]])  # its opening faces the camera
    cup = Cup(position=np.array([0, 0, 1.0]), rotation=down_view, radius=0.1, height=0.2, wall=0.01)
    depth = cup.cast(np.array([[0, 0, 1.0], [0.105, 0, 1.0], [0.3, 0, 1.0]]))
    np.testing.assert_allclose(depth, [1.09, 0.9, np.inf])


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10**6))
def test_distance_between_boxes_and_balls_agrees_with_pybullet(seed):
    rng = np.random.default_rng(seed)
    first = solids(rng)
    second = solids(rng, at=rng.uniform([-1.5, -1.5, 1.5], [1.5, 1.5, 4.5]))
    client = pybullet.connect(pybullet.DIRECT)
    try:
        for a, b in itertools.product(first, second):
            p, q = closest_between(a, b)
            ours = np.linalg.norm(p - q)
            np.testing.assert_allclose(a.closest(p), p, atol=1e-9)
            np.testing.assert_allclose(b.closest(q), q, atol=1e-9)
            theirs = pybullet.getClosestPoints(
                _body(client, a), _body(client, b), 10, physicsClientId=client
            )[0][8]
            # Bullet's collision margin rounds corners by up to 1 mm, or reports an overlap.
            assert ours == pytest.approx(max(theirs, 0), abs=3e-3)
    finally:
        pybullet.disconnect(client)


def _body(client: int, solid) -> int:
    if isinstance(solid, Box):
        shape = {"shapeType": pybullet.GEOM_BOX, "halfExtents": (solid.size / 2).tolist()}
    elif isinstance(solid, Cylinder):
        shape = {"shapeType": pybullet.GEOM_CYLINDER, "radius": solid.radius}
        shape["height"] = solid.height
    else:
        shape = {"shapeType": pybullet.GEOM_SPHERE, "radius": solid.radius}
    return pybullet.createMultiBody(
        baseCollisionShapeIndex=pybullet.createCollisionShape(**shape, physicsClientId=client),
        basePosition=solid.position.tolist(),
        baseOrientation=bullet._quaternion(solid.rotation),
        physicsClientId=client,
    )
